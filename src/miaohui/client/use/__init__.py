"""What a person does: sign-in, writing, pictures, look-ups, reminders."""
