// SPDX-License-Identifier: MPL-2.0

package guest

import (
	"encoding/base64"
	"encoding/json"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// maxGuestinfo is the longest value that a guest can fetch in one message, in bytes after encoding.
const maxGuestinfo = 64 << 10

// WithMetadata returns guestinfo.metadata with a new "meta" part; host name and keys stay.
func WithMetadata(value, encoding string, meta map[string]string) (map[string]string, error) {
	return withPart(value, encoding, "meta", meta, len(meta) > 0)
}

// Retold returns guestinfo.metadata for a guest whose id or metadata changed. It is nil where nothing changed, or where another program
// wrote the metadata. Where there is none, the rest of what the guest read at its first boot is lost.
func Retold(value, encoding, id, name string, meta map[string]string) map[string]string {
	metadata, ours := guestMetadata(value, encoding)
	if !ours || metadata["instance-id"] == id && sameMeta(metadata["meta"], meta) {
		return nil
	}
	if metadata["instance-id"] = id; value == "" {
		metadata["local-hostname"], metadata["hostname"] = Hostname(name, id), Hostname(name, id)
	}
	if delete(metadata, "meta"); len(meta) > 0 {
		metadata["meta"] = meta
	}
	keys, err := metadataKeys(metadata)
	if err != nil {
		return nil // it is not longer than when it was written
	}
	return keys
}

func sameMeta(told any, meta map[string]string) bool {
	is, _ := told.(map[string]any)
	if len(is) != len(meta) {
		return false
	}
	for key, value := range meta {
		if is[key] != value {
			return false
		}
	}
	return true
}

func metadataKeys(metadata map[string]any) (map[string]string, error) {
	raw, err := json.Marshal(metadata)
	if err != nil {
		return nil, err
	}
	encoded := base64.StdEncoding.EncodeToString(raw)
	if n := len(encoded); n > maxGuestinfo {
		return nil, openstack.AttributeErrorf("metadata", "it takes %d bytes once encoded, and a guest can be handed %d: make it smaller", n,
			maxGuestinfo)
	}
	return map[string]string{"guestinfo.metadata": encoded, "guestinfo.metadata.encoding": "base64"}, nil
}

// withPart returns guestinfo.metadata with one part replaced or removed. Metadata in another form belongs to another program and stays:
// the result is then nil.
func withPart(value, encoding, name string, part any, has bool) (map[string]string, error) {
	metadata, ours := guestMetadata(value, encoding)
	if !ours {
		return nil, nil
	}
	if delete(metadata, name); has {
		metadata[name] = part
	}
	return metadataKeys(metadata)
}

// guestMetadata decodes guestinfo.metadata. ours is false where it does not have this provider's form.
func guestMetadata(value, encoding string) (metadata map[string]any, ours bool) {
	if value == "" {
		return map[string]any{}, true
	}
	raw, err := base64.StdEncoding.DecodeString(value)
	ours = err == nil && encoding == "base64" && json.Unmarshal(raw, &metadata) == nil && metadata != nil
	return metadata, ours
}
