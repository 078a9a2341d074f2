"""Pelican plugins: read and check episodes, make captions and cards, write the manifest. Never imports the tracker."""
