"""What a list is exported as: files for people, and payloads for the platforms that write to users."""
