"""Take in files, folders, chats and texts: read, draft, compare, embed, write one Delta each."""
