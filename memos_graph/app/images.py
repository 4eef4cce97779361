"""The models that look at pictures, as settings name them. Composes; reads no environment."""

from __future__ import annotations

from pathlib import Path

from memos_graph.model.errors import Invalid, NotSupported
from memos_graph.ports_images import Captioner, ImageEmbedder


def make_images(name: str) -> ImageEmbedder | None:
    """What `name` says: "" or none for none, a FILE.onnx, or colours, which needs no model. `Invalid`
    else. A file is opened at the first picture."""
    if name in ("", "none"):
        return None
    try:
        if name == "colours":
            from memos_graph.providers.images.colours import ColourHistogram

            return ColourHistogram()
        if name.lower().endswith(".onnx"):
            from memos_graph.providers.images.onnx import OnnxImages

            return OnnxImages(Path(name))
    except ModuleNotFoundError as error:
        raise NotSupported("images", f"{error.name} is not installed: pip install {error.name}") from error
    raise Invalid("images", name, "use none, the path of an ONNX file (FILE.onnx), or colours for a trial")


def make_captioner(name: str, *, key: str = "") -> Captioner | None:
    """What `name` says: "" or none for none, or openai:MODEL@URL. `Invalid` else."""
    scheme, _, rest = name.partition(":")
    if name in ("", "none"):
        return None
    if scheme == "openai" and "@" in rest:
        from memos_graph.providers.images.captions import EndpointCaptioner

        model, _, url = rest.rpartition("@")
        return EndpointCaptioner(url, model, key=key)
    raise Invalid("captioner", name, "use none or openai:MODEL@URL")
