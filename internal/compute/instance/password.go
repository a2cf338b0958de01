package instance

import (
	"github.com/go-crypt/crypt/algorithm/shacrypt"
)

// hashPassword is a password as /etc/shadow holds it: salted SHA-512.
func hashPassword(password string) (string, error) {
	hasher, err := shacrypt.New(shacrypt.WithSHA512(), shacrypt.WithIterations(passwordRounds))
	if err != nil {
		return "", err
	}
	digest, err := hasher.Hash(password)
	if err != nil {
		return "", err
	}
	return digest.Encode(), nil
}

// passwordRounds slow down whoever tries passwords on the hash: many can read it.
const passwordRounds = 500000
