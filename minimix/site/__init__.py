"""The course as a site: pages that need nothing, and cells that run in the reader's browser."""
