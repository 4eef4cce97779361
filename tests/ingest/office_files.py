"""Whole office files, written part by part: what the tests say of a format is in the XML that they pass here."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO

_OPEN = "application/vnd.openxmlformats-officedocument."
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SPACES = (
    f'xmlns:w="{_W}" xmlns:r="{_RELS}" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)
STYLES = f"""<w:styles {_SPACES}>
<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="T"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="S"><w:name w:val="Subtitle"/></w:style>
<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/></w:style>
<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="My Head"/><w:basedOn w:val="H1"/></w:style>
<w:style w:type="paragraph" w:styleId="C"><w:name w:val="caption"/></w:style>
<w:style w:type="paragraph" w:styleId="Q"><w:name w:val="Quote"/></w:style>
<w:style w:type="paragraph" w:styleId="P"><w:name w:val="HTML Preformatted"/></w:style>
</w:styles>"""
NUMBERING = f"""<w:numbering {_SPACES}>
<w:abstractNum w:abstractNumId="0">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl>
</w:abstractNum>
<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="-"/></w:lvl>
</w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
</w:numbering>"""

Link = tuple[str, str, str]  # id, kind, target


def zipped(parts: Mapping[str, bytes | str], *, first: tuple[str, str] | None = None) -> bytes:
    """A ZIP of the parts; `first` is stored as it is, before all others."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        if first is not None:
            archive.writestr(first[0], first[1], zipfile.ZIP_STORED)
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def docx(body: str, *, links: Sequence[Link] = (), parts: Mapping[str, bytes | str] | None = None) -> bytes:
    """A DOCX of the body's XML, with STYLES and NUMBERING."""
    all_links = [("rs", "styles", "styles.xml"), ("rn", "numbering", "numbering.xml"), *links]
    return zipped({
        "[Content_Types].xml": _types("/word/document.xml", f"{_OPEN}wordprocessingml.document.main+xml"),
        "_rels/.rels": _links([("r1", "officeDocument", "word/document.xml"), ("r2", "core-properties", "core.xml")]),
        "core.xml": '<c xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>Ada</dc:creator></c>',
        "word/document.xml": f"<w:document {_SPACES}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": _links(all_links),
        "word/styles.xml": STYLES,
        "word/numbering.xml": NUMBERING,
        **(parts or {}),
    })  # fmt: skip


def p(text: str, style: str = "", *, num: tuple[int, int] | None = None, more: str = "") -> str:
    """A DOCX paragraph; `num` is its list's id and level."""
    inside = f'<w:pStyle w:val="{style}"/>' if style else ""
    if num is not None:
        inside += f'<w:numPr><w:ilvl w:val="{num[1]}"/><w:numId w:val="{num[0]}"/></w:numPr>'
    return f'<w:p><w:pPr>{inside}</w:pPr><w:r><w:t xml:space="preserve">{text}</w:t></w:r>{more}</w:p>'


def word_part(root: str, inside: str) -> str:
    """A part such as a header or the footnotes."""
    return f"<w:{root} {_SPACES}>{inside}</w:{root}>"


def pptx(
    slides: Sequence[str], *, links: Mapping[int, Sequence[Link]] | None = None,
    parts: Mapping[str, bytes | str] | None = None,
) -> bytes:  # fmt: skip
    """A PPTX of the slides' shapes; `links` are by slide, from 1."""
    listed = "".join(f'<p:sldId id="{255 + at}" r:id="rId{at}"/>' for at in range(1, len(slides) + 1))
    made: dict[str, bytes | str] = {
        "[Content_Types].xml": _types("/ppt/presentation.xml", f"{_OPEN}presentationml.presentation.main+xml"),
        "_rels/.rels": _links([("r1", "officeDocument", "ppt/presentation.xml")]),
        "ppt/presentation.xml": f"<p:presentation {_SPACES}><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": _links(
            [(f"rId{at}", "slide", f"slides/s{at}.xml") for at in range(1, len(slides) + 1)]
        ),
    }
    for at, shapes in enumerate(slides, 1):
        made[f"ppt/slides/s{at}.xml"] = tree(shapes)
        if links and at in links:
            made[f"ppt/slides/_rels/s{at}.xml.rels"] = _links(links[at])
    return zipped({**made, **(parts or {})})


def tree(shapes: str, root: str = "sld", more: str = "") -> str:
    """A slide, layout or master of the shapes."""
    return f"<p:{root} {_SPACES}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld>{more}</p:{root}>"


def shape(paragraphs: str, *, place: str = "", at: tuple[int, int] | None = None) -> str:
    """A shape with text; `place` are the attributes of its placeholder, `at` how far down and right it is."""
    held = f"<p:nvPr><p:ph {place}/></p:nvPr>" if place else "<p:nvPr/>"
    where = f'<a:xfrm><a:off x="{at[1]}" y="{at[0]}"/></a:xfrm>' if at is not None else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="1" name="x"/>{held}</p:nvSpPr><p:spPr>{where}</p:spPr>'
        f"<p:txBody><a:bodyPr/>{paragraphs}</p:txBody></p:sp>"
    )


def ap(text: str, properties: str = "") -> str:
    """A paragraph of a slide."""
    return f"<a:p>{properties}<a:r><a:t>{text}</a:t></a:r></a:p>"


def chart(name: str, categories: Sequence[str], values: Sequence[str]) -> str:
    """A chart's part with one series."""

    def points(said: Sequence[str]) -> str:
        return "".join(f'<c:pt idx="{at}"><c:v>{v}</c:v></c:pt>' for at, v in enumerate(said))

    return (
        f"<c:chartSpace {_SPACES}><c:chart><c:title><a:p><a:r><a:t>Load by crane</a:t></a:r></a:p></c:title>"
        f"<c:plotArea><c:barChart><c:ser><c:tx><c:strRef><c:strCache>{points([name])}</c:strCache></c:strRef></c:tx>"
        f"<c:cat><c:strRef><c:strCache>{points(categories)}</c:strCache></c:strRef></c:cat>"
        f"<c:val><c:numRef><c:numCache>{points(values)}</c:numCache></c:numRef></c:val>"
        "</c:ser></c:barChart></c:plotArea></c:chart></c:chartSpace>"
    )


def xlsx(sheets: Mapping[str, str], *, strings: Sequence[str] = (), formats: Sequence[int | str] = (),
         states: Mapping[str, str] | None = None) -> bytes:  # fmt: skip
    """An XLSX of the sheets' XML by name; `formats` are those that `s="0"` and on point to: an id or a code."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    states = states or {}
    listed = "".join(
        f'<sheet name="{name}" sheetId="{at}" r:id="rId{at}"'
        + (f' state="{states[name]}"' if name in states else "")
        + "/>"
        for at, name in enumerate(sheets, 1)
    )
    own = "".join(f'<numFmt numFmtId="{200 + at}" formatCode="{code}"/>' for at, code in enumerate(formats)
                  if isinstance(code, str))  # fmt: skip
    cells = "".join(f'<xf numFmtId="{code if isinstance(code, int) else 200 + at}"/>'
                    for at, code in enumerate(formats))  # fmt: skip
    shared = "".join(f"<si><t>{text}</t></si>" for text in strings)
    return zipped({
        "[Content_Types].xml": _types("/xl/workbook.xml", f"{_OPEN}spreadsheetml.sheet.main+xml"),
        "_rels/.rels": _links([("r1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{_RELS}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _links([
            *((f"rId{at}", "worksheet", f"sheets/s{at}.xml") for at in range(1, len(sheets) + 1)),
            ("rs", "sharedStrings", "shared.xml"), ("rf", "styles", "styles.xml"),
        ]),
        "xl/shared.xml": f'<sst xmlns="{main}">{shared}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><numFmts>{own}</numFmts><cellXfs>{cells}</cellXfs></styleSheet>',
        **{f"xl/sheets/s{at}.xml": f'<worksheet xmlns="{main}">{xml}</worksheet>'
           for at, xml in enumerate(sheets.values(), 1)},
    })  # fmt: skip


_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_ODF_SPACES = (
    f'xmlns:office="{_ODF}office:1.0" xmlns:text="{_ODF}text:1.0" xmlns:table="{_ODF}table:1.0" '
    f'xmlns:style="{_ODF}style:1.0" xmlns:draw="{_ODF}drawing:1.0" xmlns:presentation="{_ODF}presentation:1.0" '
    f'xmlns:svg="{_ODF}svg-compatible:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"'
)


def odf(kind: str, body: str, *, styles: str = "", parts: Mapping[str, bytes | str] | None = None) -> bytes:
    """An OpenDocument file: `kind` is text, spreadsheet or presentation; `styles` its automatic styles."""
    return zipped(
        {
            "content.xml": f"<office:document-content {_ODF_SPACES}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}></office:body>"
            "</office:document-content>",
            **(parts or {}),
        },
        first=("mimetype", f"application/vnd.oasis.opendocument.{kind}"),
    )


def epub(chapters: Mapping[str, str], *, parts: Mapping[str, bytes | str] | None = None) -> bytes:
    """A book of the chapters' bodies by file name, in that order."""
    items = "".join(
        f'<item id="c{at}" href="{name}" media-type="application/xhtml+xml"'
        + (' properties="nav"/>' if name.startswith("nav") else "/>")
        for at, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="c{at}"/>' for at in range(len(chapters)))
    page = '<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><body>{}</body></html>'
    return zipped(
        {
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="book/b.opf"/></rootfiles>'
            "</container>",
            "book/b.opf": '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>The Sea</dc:title>'
            "<dc:creator>Ada</dc:creator><dc:creator>Bo</dc:creator><dc:language>en</dc:language></metadata>"
            f"<manifest>{items}</manifest><spine>{spine}</spine></package>",
            **{f"book/{name}": page.format(body) for name, body in chapters.items()},
            **(parts or {}),
        },
        first=("mimetype", "application/epub+zip"),
    )


def _types(part: str, content_type: str) -> str:
    return (f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="{part}" ContentType="{content_type}"/></Types>')  # fmt: skip


def _links(links: Sequence[Link]) -> str:
    outside = {"hyperlink": ' TargetMode="External"'}
    rows = "".join(
        f'<Relationship Id="{i}" Type="{_RELS}/{kind}" Target="{to}"{outside.get(kind, "")}/>' for i, kind, to in links
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'
