"""Ends of jobs as events of Amazon EventBridge."""
