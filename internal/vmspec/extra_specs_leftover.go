package vmspec

import (
	"fmt"

	"github.com/agext/levenshtein"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Leftover names the extra specs that have no meaning here, and checks the values of the others.
func Leftover(f openstack.Flavor) ([]string, error) {
	_, leftover, err := Desired(Instance{Flavor: f})
	return leftover, err
}

// Ineffective is Leftover for people: each key with the one that was perhaps meant.
func Ineffective(f openstack.Flavor) ([]string, error) {
	keys, err := Leftover(f)
	for i, key := range keys {
		if meant := nearSpec(key); meant != "" {
			keys[i] = fmt.Sprintf("%s (did you mean %s?)", key, meant)
		}
	}
	return keys, err
}

// nearSpec is the known extra spec that a key is most likely a misspelling of, or nothing.
func nearSpec(key string) string {
	best, least := "", 3 // more than two characters are another word
	for _, row := range Table {
		if d := levenshtein.Distance(key, row.ExtraSpec, nil); row.ExtraSpec != "" && d < least {
			best, least = row.ExtraSpec, d
		}
	}
	return best
}
