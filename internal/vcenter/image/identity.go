// SPDX-License-Identifier: MPL-2.0

package image

import (
	"encoding/json"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// fingerprint tells whether two creations are of the same configuration and content. What may be changed later is no part of it, but for
// the properties, which shape what is made.
func fingerprint(r Request) string {
	content := r.URL
	if r.Content != nil {
		content = r.Content.SHA256
	}
	return records.Fingerprint(r.Name, r.DiskFormat, r.Container, r.Properties, r.Storage, r.Library, content)
}

// sameCreation reports whether a mark is of a creation with this fingerprint.
func (c *Images) sameCreation(mark *openstack.Mark, fingerprint string) bool {
	return mark != nil && mark.By == c.records.Mark("").By && mark.Fingerprint == fingerprint
}

// markStart begins the line of a library item's description that holds its mark: an item has no other place for it.
const markStart = records.MarkKey + "="

// described is the description of an item with a mark.
func described(mark openstack.Mark) *string {
	text := "Made by terraform-provider-novasphere.\n" + markStart + records.MarkText(mark)
	return &text
}

// itemMark takes the mark out of an item's description; nil: it has none.
func itemMark(description string) (mark *openstack.Mark, rest string) {
	before, line, found := strings.Cut(description, markStart)
	if !found {
		return nil, description
	}
	line, after, _ := strings.Cut(line, "\n")
	mark = new(openstack.Mark)
	if json.Unmarshal([]byte(line), mark) != nil {
		return nil, description
	}
	return mark, strings.TrimSpace(before + after)
}
