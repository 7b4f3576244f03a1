"""Quality: definition rules over the library and the strategy, waivers, and expectations on the data."""
