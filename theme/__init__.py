"""One look for site and tracker: templates, static files, translations, and the words' typography."""
