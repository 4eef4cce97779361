"""The commands, a file for each group. Each reads its options, calls the API and shows what came back."""
