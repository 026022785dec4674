"""What a review starts from: policy, table and logs of one commit, or of the work tree."""
