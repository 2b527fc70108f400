"""Set the process up for a cold start: `handler.app` imports this module before all others."""

import gc

# Importing boto3 and rendering pages make many objects that stay. By default Python searches them
# for garbage every 2,000 new objects, and finds almost none.
gc.set_threshold(100_000)
