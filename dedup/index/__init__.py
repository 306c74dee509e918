"""An index of articles in one file: told at once what each new one copies, updates or extends."""
