"""What commands print: text, JSON documents, tables and Markdown summaries."""
