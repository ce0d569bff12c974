"""The picture of a child's course: `course` is its value, made by `records` and `daily`; `svg` draws it by `scale`."""
