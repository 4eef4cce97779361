"""The web, asked safely: `Fetcher(WebOptions()).fetch(url)` and `.crawl(url)`.

No address that is not public, ever, but for the caller's own allow-list. Declines to know what a page says.
"""

from memos_graph.providers.web.crawl import CrawlOptions
from memos_graph.providers.web.fetch import Fetcher
from memos_graph.providers.web.options import WebLimits, WebOptions

__all__ = ["CrawlOptions", "Fetcher", "WebLimits", "WebOptions"]
