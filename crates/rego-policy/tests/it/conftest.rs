//! Habits of Conftest.
