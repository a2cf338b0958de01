// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"regexp"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

var importBlock = regexp.MustCompile(`import \{\s+to\s+= ([\w.]+)\.ADDRESS\s+id\s+= "([^"]+)"\s+\}`)

// Imports returns the import blocks in the error of an apply, by address: that of the resource that failed, or of the one of the block's
// type to which it refers.
func Imports(err error, referred func(address, kind string) string) map[string]string {
	out := map[string]string{}
	for _, f := range protocol.Failures(err) {
		for _, found := range importBlock.FindAllStringSubmatch(f.Text, -1) {
			address := f.Address
			if !strings.HasPrefix(address, found[1]+".") {
				address = referred(address, found[1])
			}
			if address != "" {
				out[address] = found[2]
			}
		}
	}
	return out
}
