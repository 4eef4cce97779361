"""A cube put in order: near-duplicates, links, themes, summaries, working memory."""
