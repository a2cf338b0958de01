// SPDX-License-Identifier: MPL-2.0

package instance

import (
	"github.com/go-crypt/crypt/algorithm/shacrypt"
)

// hashPassword hashes a password for /etc/shadow: salted SHA-512.
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

// passwordRounds makes guessing slow, because many can read the hash in the vCenter.
const passwordRounds = 500000
