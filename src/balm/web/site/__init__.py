"""What holds the apps together: settings, addresses, the frame of the pages."""
