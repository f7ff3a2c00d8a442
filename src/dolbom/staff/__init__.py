"""Those who look after people, at their pages: accounts, logins, roles, tokens, the trail; district and robot alike."""
