"""Write incident-report.pdf from the text below; the same bytes on every run.

Needed only when the report's text changes: `pip install reportlab`, then `python examples/build_pdf.py`. Knows nothing
of the engine. Dates inside the file are fixed by reportlab's invariant mode.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import (
    Flowable,
    Image,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

TITLE = "Incident report: the night of 14 to 15 February 2025"
AUTHOR = "Aldermouth Harbour Conservancy"

TIMELINE = [
    ("Time", "Board (m HD)", "LT-06 (m HD)", "What happened"),
    ("19:40", "1.05", "0.66", "Surge Office at Hallam: stage close. Keeper notes the two figures side by side."),
    ("22:30", "1.12", "0.72", "G-1 and G-2 shut and mitred at the first try."),
    ("23:05", "1.20", "0.79", "V-117 driven shut. Pointer at 100 per cent at 23:11."),
    ("00:20", "1.72", "1.31", "P-3 running in Hand. Water heard behind V-118; thought to be the ice works."),
    ("00:48", "1.96", "1.54", "P-2 started in Hand. Both machines running, well falling."),
    ("01:37", "1.30", "0.88", "P-2 trips on its dry-run relay. P-3 runs on."),
    ("01:52", "2.15", "1.73", "High water in the river, 4.61 m HD."),
    ("02:08", "2.77", "2.35", "High-level alarm. Duty phone rings at the foreman's house."),
    ("02:10", "2.80", "2.38", "Water over the sill of number 14, Quay Street."),
    ("02:24", "2.97", "2.55", "Highest level. P-2 reset and started again by D. Amsel."),
    ("03:40", "2.41", "2.00", "Level falling. Fourteen stop-logs in place at the culvert mouth."),
    ("05:20", "1.58", "1.17", "First machine stopped. Cellars being pumped out by the fire brigade."),
]

ACTIONS = [
    ("No.", "Action", "Who", "State on 12 March"),
    ("1", "New ring in V-117, from batch M-2407", "Workshop", "Done; certificate C-0388"),
    ("2", "Old rings to be thrown away, and no rubber on shelf B", "P. Hoekstra", "Done"),
    ("3", "Make the level reading in the wet well trustworthy", "D. Amsel", "See his note of 21 February"),
    ("4", "Float switch for the horn, on its own wires (R-52)", "M. Castell", "Approved, not yet ordered"),
    ("5", "Tell-tale cock on the landward side of the valve (HT-900-31)", "I. Varga", "Parts on their way"),
    ("6", "Ask for the town's mobile set whenever a pump is away", "P. Hoekstra", "Written into the handbook"),
    ("7", "Trash rack TR-1 to be cleared below the water line", "Blackfin Marine", "Ordered"),
    ("8", "Non-return valves for the five lived-in cellars", "M. Castell", "Brought forward to 2025"),
]

#: Blocks between empty lines: # is a heading, - a point of a list, @ the name of a table, ! a picture and its caption,
#: anything else a paragraph.
BODY = """
# 1. Summary

On the night of Friday 14 February 2025 a storm surge raised the river at Aldermouth to 4.61 m above harbour datum,
the highest level since 1993. The sea gates held. Inside them, the wet well of the pumping station on Quay Street
rose to 2.97 m, and water stood in eleven cellars, in the deepest of them to the height of a table. Nobody was hurt.
Two people were carried out of number 22 by the fire brigade, with a parrot.

Two things failed within three hours of each other, and neither alone would have wetted a single floor. The seaward
valve in the culvert did not seal, so that the sea ran back into the drain. And the middle pump stopped while there
was water to lift, and stayed out for 47 minutes. The north pump, P-1, could not step in: it had been sent to Stroud
on 3 February for a new lower bearing.

# 2. Weather and sea

A deep low crossed the coast between nine in the evening and three in the morning. The barometer in the hall fell to
979 hPa. The wind blew from the north-west at 28 metres a second in the gusts and held the ebb back, so that the
evening low water was 0.8 m higher than the tables say. The prediction for high water was 3.89 m at ten minutes to
two. The surge added 0.72 m. In the six hours to midnight 31 mm of rain fell on the town.

# 3. Course of the night

The times are from the keeper's log, written by Tomas Lindqvist, and from the recorder of panel MCC-B. The second
column is the enamelled board in the wet well, the third what the instrument sent to the panel.

@timeline

!tide-14-february.png Figure 1. The river at Aldermouth on the night of 14 to 15 February 2025: the tables' tide, and
the level that was measured.

The keeper reported the disagreement between the board and the instrument at 19:40 to the foreman, who advised
working the machines in Hand and going by the board. That was right for starting. It did not help with stopping, as
the dry-run relays act in Hand too.

# 4. Why the sea came in

The valve was shut in time and its pointer showed it shut. At low water on Monday 17 February the workshop opened
the chamber. The disc stood square in the body, but its edge did not touch the ring over a third of the lower half:
a steel rule could be pushed through. The ring, from batch M-2291, was as hard as a plate and had fine cracks all
over its face. It had been put in on 20 June 2023.

Because the ring no longer gave, the disc could not press a seal into it, and at the height of the surge some 60
litres a second passed back through V-117 into the culvert. That is less than half of what one machine lifts. With
two machines running, the well was falling in spite of it.

A piece of the ring was sent to the maker of the valve on the same day. Their answer, which came on 25 February, is
kept with the notes. We have no reason to think that the valve itself is at fault.

# 5. Why the middle pump stopped

P-2, the middle pump, was not damaged, overloaded or blocked. It was stopped at 01:37 by its dry-run relay, as if
the well were nearly empty, when the board showed 1.30 m. The relay did what it was told. It takes its level from
LT-06, and what LT-06 told it was wrong. P-3, whose relay is set lower, ran on.

A tripped relay must be reset at the panel. The keeper was at that moment at the lock, 300 m away, with a fishing
boat that had broken loose; nobody was in the hall to see the lamp. The horn, which would have called somebody,
sounds at 2.35 m by the same instrument, and therefore sounded when the board stood at 2.77.

# 6. Damage

- Eleven cellars wetted, from a few centimetres to 0.7 m. Five were lived in.

- Pell's chandlery at number 14: the stock room stood 0.6 m deep. Rope, flags and some four hundred tins of paint
were lost. The shop was shut until the floor had dried.

- The Conservancy's own loss: one winch motor at the lock, eighteen metres of handrail, and the foreman's bicycle.

- The fishing boat Halcyon lost her stem-head and was back at sea within a week.

# 7. What went well

The watch read the board every half hour, as the book asks, and wrote both figures down. Without that column we
should still be guessing. The stop-logs were in the grooves 75 minutes after the call, carried by six neighbours and
by Oskar Brandt, who is seventy-four and was asked only for the key. The inner gates stayed shut. The lists beside
the telephone were right, and everyone who slept below street level had been woken before the water reached a bed.

# 8. What will be done

@actions

The valve was on the red list from 15 February and was not counted as a defence in any forecast until it had been
examined through two tides. During that time the stop-logs lay ready on the quay.

# 9. What we learned

Two of our safeguards turned out to be one. The relays that protect the machines and the horn that calls for help
listened to a single capsule, so that the fault that stopped the pump also silenced the alarm. The pointer on the
actuator and the seat beneath it had the same weakness: one was taken as proof of the other. In each case a plain
second opinion, a float or a cock, would have cost less than one evening of the repairs.

Nobody was careless. People did neatly what they had been asked to do, months and years before the storm, and had
not been told which small things mattered. The handbook now says so, in both places.

Signed for the Conservancy: Marion Castell, harbour master. Aldermouth, 12 March 2025.
"""


def styles() -> dict[str, ParagraphStyle]:
    """The paragraph styles of the report by kind of block."""
    base = getSampleStyleSheet()
    return {
        "heading": ParagraphStyle("heading", parent=base["Heading2"], spaceBefore=12, spaceAfter=5),
        "paragraph": ParagraphStyle("paragraph", parent=base["BodyText"], fontSize=11, leading=15.5, spaceAfter=8),
        "point": ParagraphStyle(
            "point", parent=base["BodyText"], fontSize=11, leading=15.5, leftIndent=14, bulletIndent=3
        ),
        "caption": ParagraphStyle(
            "caption", parent=base["Italic"], fontSize=9, leading=11.5, spaceBefore=4, spaceAfter=14
        ),
        "cell": ParagraphStyle("cell", parent=base["BodyText"], fontSize=9, leading=12),
    }


def table(rows: Sequence[tuple[str, ...]], widths: list[float], cell: ParagraphStyle) -> Table:
    """A ruled table with its first row repeated on every page; widths in millimetres."""
    made = Table(
        [[Paragraph(text, cell) for text in row] for row in rows],
        colWidths=[width * mm for width in widths],
        repeatRows=1,
        spaceBefore=4,
        spaceAfter=10,
    )
    made.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
                ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e4ece8")),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    return made


def figure(name: str, caption: str, style: ParagraphStyle) -> Flowable:
    """One of the pictures with its caption below, kept on one page."""
    picture = Image(
        str(Path(__file__).with_name("pictures") / name), width=110 * mm, height=66 * mm, kind="proportional"
    )
    return KeepTogether([picture, Paragraph(caption, style)])


def story() -> list[Flowable]:
    """The report as a list of blocks in reading order."""
    style = styles()
    tables = {
        "timeline": lambda: table(TIMELINE, [18, 25, 25, 97], style["cell"]),
        "actions": lambda: table(ACTIONS, [12, 83, 30, 40], style["cell"]),
    }
    blocks: list[Flowable] = [Paragraph(TITLE, getSampleStyleSheet()["Title"]), Spacer(1, 4 * mm)]
    for block in BODY.strip().split("\n\n"):
        words = " ".join(block.split())
        match words[0]:
            case "@":
                blocks.append(tables[words[1:]]())
            case "!":
                blocks.append(figure(words[1:].partition(" ")[0], words.partition(" ")[2], style["caption"]))
            case "#":
                blocks.append(Paragraph(words[2:], style["heading"]))
            case "-":
                blocks.append(Paragraph(words[2:], style["point"], bulletText="•"))
            case _:
                blocks.append(Paragraph(words, style["paragraph"]))
    return blocks


class NumberedReport(SimpleDocTemplate):
    """A report whose page number is drawn after the page's text, so that readers of the file meet it last."""

    def afterPage(self) -> None:  # noqa: N802 (the name is reportlab's)
        self.canv.setFont("Helvetica", 9)
        self.canv.drawCentredString(A4[0] / 2, 12 * mm, f"Page {self.page}")


def main() -> None:
    """Write the report beside this script."""
    target = Path(__file__).with_name("incident-report.pdf")
    document = NumberedReport(
        str(target),
        pagesize=A4,
        title=TITLE,
        author=AUTHOR,
        invariant=1,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        topMargin=20 * mm,
        bottomMargin=22 * mm,
    )
    document.build(story())


if __name__ == "__main__":
    main()
