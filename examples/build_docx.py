"""Write pump-tests.docx from the text below; the same bytes on every run.

Needed only when the text changes: `pip install python-docx`, then `python examples/build_docx.py`. Knows nothing of the
engine.
"""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document

TITLE = "Pump tests, spring 2025"
WRITTEN = datetime(2025, 4, 9, 10, 0)
PARAGRAPHS = {
    "Why we tested": (
        "After the night of 14 to 15 February every pump of the station on Quay Street was run against a closed "
        "valve and then against the river, with a flow meter lent by Blackfin Marine clamped to the rising main.",
        "The tests were made by Dov Amsel and Piet Hoekstra on 7 and 8 April 2025.",
    ),
    "What we found": (
        "P-2 lifts what its plate says. P-1 came back from Stroud with its new lower bearing and runs quieter than "
        "before, but gives a tenth less than it did when new: the impeller is worn and will be changed in autumn.",
        "P-3 draws more current than the others for the same water. We found a length of rope in its suction bell.",
    ),
}
ROWS = (
    ("Pump", "Flow, l/s", "Current, A", "Vibration, mm/s", "Verdict"),
    ("P-1", "118", "61", "2.1", "Fit; impeller to be changed"),
    ("P-2", "131", "62", "2.8", "Fit"),
    ("P-3", "127", "71", "4.6", "Fit after the rope was cut out"),
)


def main() -> None:
    """Write the document beside this script."""
    document = Document()
    said = document.core_properties
    said.title, said.author, said.created, said.modified = TITLE, "Piet Hoekstra", WRITTEN, WRITTEN
    document.add_heading(TITLE, 0)
    for heading, paragraphs in PARAGRAPHS.items():
        document.add_heading(heading, 1)
        for paragraph in paragraphs:
            document.add_paragraph(paragraph)
    document.add_heading("Figures", 1)
    table = document.add_table(rows=0, cols=len(ROWS[0]))
    for row in ROWS:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    made = BytesIO()
    document.save(made)
    with ZipFile(made) as held, ZipFile(Path(__file__).with_name("pump-tests.docx"), "w", ZIP_DEFLATED) as out:
        for name in held.namelist():  # without the time of the run
            out.writestr(ZipInfo(name, WRITTEN.timetuple()[:6]), held.read(name), ZIP_DEFLATED)


if __name__ == "__main__":
    main()
