// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"fmt"

	"github.com/agext/levenshtein"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Leftover returns the extra specs that have no meaning here, and checks the values of the others.
func Leftover(f openstack.Flavor) ([]string, error) {
	_, leftover, err := Desired(Instance{Flavor: f})
	return leftover, err
}

// Ineffective returns the keys of Leftover for a message: each with the known key that was probably meant.
func Ineffective(f openstack.Flavor) ([]string, error) {
	keys, err := Leftover(f)
	for i, key := range keys {
		if meant := nearSpec(key); meant != "" {
			keys[i] = fmt.Sprintf("%s (did you mean %s?)", key, meant)
		}
	}
	return keys, err
}

// nearSpec returns the known extra spec that a key most likely misspells, or "".
func nearSpec(key string) string {
	best, least := "", 3 // more than two differing characters make another word
	for _, row := range Table {
		if d := levenshtein.Distance(key, row.ExtraSpec, nil); row.ExtraSpec != "" && d < least {
			best, least = row.ExtraSpec, d
		}
	}
	return best
}
