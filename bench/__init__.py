"""Speed figures beside their peers, as ratios in one run: `make bench`, or `make bench NAMES="minutes_pdf search"`."""
