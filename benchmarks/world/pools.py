"""Names and values. Values of different attributes are told apart by their words alone; no value holds another."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.world.facts import Attribute

FIRST: Mapping[str, tuple[str, ...]] = {
    "dev": (
        "Agnes", "Boris", "Carla", "Dmitri", "Elena", "Farid", "Greta", "Hugo", "Irena", "Jonas", "Karin", "Leopold",
        "Mirela", "Nadia", "Oskar", "Petra", "Quentin", "Rosa", "Stefan", "Tamara",
    ),
    "final": (
        "Anselm", "Beatriz", "Cedric", "Dagmar", "Edmund", "Fatima", "Gideon", "Helga", "Isidor", "Jelena", "Kasimir",
        "Ludmila", "Matteo", "Noemi", "Ottilie", "Pascal", "Ramona", "Silvio", "Theresa", "Ulrich",
    ),
}  # fmt: skip
LAST: Mapping[str, tuple[str, ...]] = {
    "dev": (
        "Abendroth", "Bellucci", "Castellan", "Drummond", "Eriksen", "Falkner", "Grimaldi", "Halvorsen", "Ivanova",
        "Jankowski", "Kowalczyk", "Lindqvist", "Moreau", "Novotny", "Orlando", "Pettersen",
    ),
    "final": (
        "Aldridge", "Brunner", "Cardoso", "Dubrowski", "Engstrom", "Ferreira", "Galanis", "Hofstetter", "Ingram",
        "Jovanovic", "Kessler", "Lombardi", "Mendoza", "Nyberg", "Olivetti", "Pfeiffer",
    ),
}  # fmt: skip
PROJECTS: Mapping[str, tuple[str, ...]] = {
    "dev": (
        "Albatross", "Basilisk", "Chimera", "Dragonfly", "Emerald", "Firebird", "Gargoyle", "Hummingbird", "Ibex",
        "Jackdaw", "Kestrel", "Lantern", "Mandrake", "Nautilus", "Obsidian", "Peregrine", "Quicksilver", "Redwood",
        "Sandpiper", "Tamarind",
    ),
    "final": (
        "Amberjack", "Bluebell", "Cormorant", "Driftwood", "Evergreen", "Foxglove", "Goldfinch", "Hawthorn",
        "Ironwood", "Juniper", "Kingfisher", "Lodestar", "Marigold", "Nightjar", "Osprey", "Pinecone", "Quartzite",
        "Rosewood", "Snowdrop", "Thunderbolt",
    ),
}  # fmt: skip

VALUES: Mapping[str, tuple[str, ...]] = {
    "lives in": (
        "Bergen", "Lisbon", "Krakow", "Toulouse", "Ghent", "Trieste", "Aarhus", "Salzburg", "Porto", "Malmo",
        "Bilbao", "Leipzig", "Utrecht", "Galway", "Tampere", "Zagreb", "Valencia", "Riga", "Bologna", "Graz",
    ),
    "works at": (
        "Brightwater", "Nordbank", "Helixon", "Stonebridge", "Cargolux", "Mediflow", "Tradewind", "Optimera",
        "Greenfield", "Datavolt", "Silverline", "Aquanova", "Pinnacle", "Redstart", "Solarium", "Vantage",
    ),
    "job": (
        "nurse", "welder", "translator", "surveyor", "pharmacist", "carpenter", "librarian", "accountant",
        "electrician", "photographer", "dentist", "plumber", "journalist", "botanist",
    ),
    "phone": tuple(f"555-{1000 + 137 * at % 9000:04d}" for at in range(1, 400)),
    "drives": (
        "Volvo", "Skoda", "Toyota", "Renault", "Subaru", "Mazda", "Peugeot", "Hyundai", "Fiat", "Nissan", "Opel",
        "Kia",
    ),
    "favourite drink": (
        "green tea", "black coffee", "orange juice", "hot chocolate", "sparkling water", "apple cider", "ginger beer",
        "oat milk", "lemonade", "kombucha",
    ),
    "status": ("planned", "approved", "running", "paused", "delayed", "finished", "cancelled"),
    "deadline": tuple(
        f"{day} {month} {year}"
        for year in (2026, 2027) for month in ("March", "June", "September", "November") for day in (4, 12, 20, 28)
    ),
    "commutes by": tuple(f"tram line {at}" for at in range(21, 60)),
    "gets up at": tuple(f"{hour}:{minute:02d}" for hour in (4, 5, 6) for minute in (5, 15, 25, 35, 45, 55)),
    "has breakfast at": (
        "Cafe Mirabelle", "Cafe Orient", "Cafe Saffron", "Cafe Tivoli", "Cafe Ultramarin", "Cafe Verona",
        "Cafe Wintergarten", "Cafe Yvonne",
    ),
    "visited": (
        "Prado", "Uffizi", "Louvre", "Hermitage", "Rijksmuseum", "Pergamon", "Guggenheim", "Belvedere", "Vasa Museum",
        "Tate Modern",
    ),
}  # fmt: skip

PERSONAL: tuple[Attribute, ...] = (
    Attribute(name="lives in", says="{s} lives in {v}", ended="{s} no longer lives in {v}"),
    Attribute(name="works at", says="{s} works at {v}", ended="{s} no longer works at {v}"),
    Attribute(name="job", says="The job of {s} is {v}", ended="The job of {s} is no longer {v}"),
    Attribute(name="phone", says="The phone number of {s} is {v}", ended="The phone number of {s} is no longer {v}"),
    Attribute(name="drives", says="{s} drives a {v}", ended="{s} no longer drives a {v}"),
    Attribute(
        name="favourite drink",
        says="The favourite drink of {s} is {v}",
        ended="The favourite drink of {s} is no longer {v}",
    ),
)
OF_PROJECTS: tuple[Attribute, ...] = (
    Attribute(name="status", says="The status of {s} is {v}", ended="The status of {s} is no longer {v}"),
    Attribute(name="deadline", says="The deadline of {s} is {v}", ended="The deadline of {s} is no longer {v}"),
)
#: Each rests on the one before it; the first on where somebody lives and where they work.
CONCLUDED: tuple[Attribute, ...] = (
    Attribute(name="commutes by", says="{s} commutes by {v}", ended="{s} no longer commutes by {v}"),
    Attribute(name="gets up at", says="{s} gets up at {v}", ended="{s} no longer gets up at {v}"),
    Attribute(
        name="has breakfast at", says="{s} has breakfast at {v}", ended="{s} no longer has breakfast at {v}"
    ),
)  # fmt: skip
ATTRIBUTES: Mapping[str, Attribute] = {one.name: one for one in (*PERSONAL, *OF_PROJECTS, *CONCLUDED)}
VISITED, HABIT = "visited", "habit"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
