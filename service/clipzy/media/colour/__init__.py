"""From code values to colours and back: colour spaces, and looks as tables that are put on frames."""
