"""The codebook of a workspace: versions, proposals, agreement with hand coding."""
