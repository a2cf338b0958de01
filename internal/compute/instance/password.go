package instance

import (
	"github.com/go-crypt/crypt/algorithm/shacrypt"
)

// hashPassword hashes a password as /etc/shadow holds it: salted SHA-512.
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

// passwordRounds make guessing slow: many can read the hash in the vCenter.
const passwordRounds = 500000
