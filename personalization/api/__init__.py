"""Events in, recommendations out, over REST."""
