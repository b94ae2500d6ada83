"""Charts as SVG for pages without script: small functions that return markup; their classes stand in charts.css."""
