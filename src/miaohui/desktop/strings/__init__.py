"""All words a person sees, one module a page, both languages side by side."""
