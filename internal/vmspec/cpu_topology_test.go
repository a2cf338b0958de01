// SPDX-License-Identifier: MPL-2.0

package vmspec

import "testing"

// The expected values are what Nova's driver sent in the same situations.
func TestCoresPerSocket(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		topology topology
		want     int32 // 0: refused
	}{
		"nothing said":                  {topology{vcpus: 8}, 1},
		"sockets":                       {topology{vcpus: 8, flavor: triple{sockets: 2}}, 4},
		"sockets and cores":             {topology{vcpus: 4, flavor: triple{sockets: 2, cores: 2}}, 2},
		"best score wins":               {topology{vcpus: 4, flavor: triple{sockets: 2, cores: 3}}, 2},
		"cores that do not divide":      {topology{vcpus: 4, flavor: triple{cores: 3}}, 1},
		"more sockets than vcpus":       {topology{vcpus: 4, flavor: triple{sockets: 8}}, 1},
		"at most one socket":            {topology{vcpus: 4, flavorMax: triple{sockets: 1}}, 4},
		"at most two sockets":           {topology{vcpus: 8, flavorMax: triple{sockets: 2}}, 4},
		"threads mean nothing":          {topology{vcpus: 4, flavor: triple{threads: 2}}, 1},
		"image replaces flavor":         {topology{vcpus: 8, flavor: triple{sockets: 8}, image: triple{cores: 2}}, 2},
		"flavor above its own maximum":  {topology{vcpus: 8, flavor: triple{sockets: 4}, flavorMax: triple{sockets: 2}}, 4},
		"image above the flavor's most": {topology{vcpus: 8, flavorMax: triple{sockets: 2}, imgMost: triple{sockets: 4}}, 0},
		"image's wish above the most":   {topology{vcpus: 8, flavorMax: triple{sockets: 2}, image: triple{sockets: 4}}, 0},
		"impossible":                    {topology{vcpus: 7, flavorMax: triple{sockets: 2, cores: 2}}, 0},
	} {
		got, err := c.topology.coresPerSocket()
		if got != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%s: %d, %v; want %d", name, got, err, c.want)
		}
	}
}
