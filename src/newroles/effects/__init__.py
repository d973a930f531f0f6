"""What changes for service users, for people in new roles and for people in the roles beside them, when a role arrives."""
