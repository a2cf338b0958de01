package vmspec

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// maxGuestinfo is the longest value that a guest can fetch in one message, in bytes after encoding.
const maxGuestinfo = 64 << 10

// Guest is what cloud-init is told through guestinfo (its VMware data source).
type Guest struct {
	ID        string
	Name      string
	PublicKey string
	Metadata  map[string]string
	UserData  string // decoded

	PasswordHash string           // of the administrator, as in /etc/shadow; empty: none is set
	Personality  []openstack.File // written at the first boot
	AnnounceEnd  bool             // cloud-init's end is written to EndKey
	NICs         []openstack.NIC  // with their leases, as far as they have any
}

// EndKey is where a guest says that cloud-init has ended: "done", "error" or another status of cloud-init's.
const EndKey = "guestinfo.novasphere.cloud-init"

// Guestinfo gives the extraConfig keys that hand a Guest to cloud-init. Too much of it is an error that says how much.
func Guestinfo(g Guest) (map[string]string, error) {
	metadata := map[string]any{"instance-id": g.ID, "local-hostname": Hostname(g.Name, g.ID), "hostname": Hostname(g.Name, g.ID)}
	if g.PublicKey != "" {
		metadata["public-keys-data"] = strings.TrimSpace(g.PublicKey) + "\n"
	}
	if len(g.Metadata) > 0 {
		metadata["meta"] = g.Metadata
	}
	if network := NetworkConfig(g.NICs); network != nil {
		metadata["network"] = network
	}
	out, err := metadataKeys(metadata)
	if err != nil {
		return nil, err
	}
	if g.UserData != "" {
		userData, err := UserDataKeys(g.UserData)
		if err != nil {
			return nil, err
		}
		maps.Copy(out, userData)
	}
	if vendor := VendorData(g); vendor != "" {
		packed := pack(vendor)
		if n := len(packed); n > maxGuestinfo {
			return nil, openstack.AttributeErrorf("personality", "it takes %d bytes compressed and encoded, and a guest can be handed %d: let "+
				"user_data "+
				"fetch the larger files", n, maxGuestinfo)
		}
		out["guestinfo.vendordata"], out["guestinfo.vendordata.encoding"] = packed, "gzip+base64"
	}
	return out, nil
}

// UserDataKeys are the keys that hand user data to a guest. Too much of it is an error that says how much.
func UserDataKeys(data string) (map[string]string, error) {
	if err := checkText(data); err != nil {
		return nil, err
	}
	packed := pack(data)
	if n := len(packed); n > maxGuestinfo {
		return nil, openstack.AttributeErrorf("user_data", "it takes %d bytes compressed and encoded, and a guest can be handed %d: let it "+
			"fetch the "+
			"larger part (#include, or a script that downloads)", n, maxGuestinfo)
	}
	return map[string]string{"guestinfo.userdata": packed, "guestinfo.userdata.encoding": "gzip+base64"}, nil
}

// WithMetadata is guestinfo.metadata with another "meta" part; host name and keys stay as they are.
func WithMetadata(value, encoding string, meta map[string]string) (map[string]string, error) {
	return withPart(value, encoding, "meta", meta, len(meta) > 0)
}

// Retold is guestinfo.metadata where a guest of that id and name is told another id or other metadata; nil where it is told these, or where
// somebody else tells it. Where it is told nothing at all, what else it was told at its first boot is not known any more.
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
		return nil // it is no longer than when it was recorded
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

var gzipMagic = []byte{0x1f, 0x8b}

func pack(data string) string {
	if bytes.HasPrefix([]byte(data), gzipMagic) {
		return base64.StdEncoding.EncodeToString([]byte(data))
	}
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	_, _ = io.WriteString(w, data) // a bytes.Buffer does not fail
	_ = w.Close()
	return base64.StdEncoding.EncodeToString(out.Bytes())
}

// Unpack reads a guestinfo value back. ok is false where it is not one that we wrote: a guest may blank its user data.
func Unpack(value, encoding string) (data string, ok bool) {
	if encoding != "gzip+base64" {
		return "", false
	}
	raw, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return "", false
	}
	text, err := gunzip(raw)
	if err != nil {
		return "", false
	}
	if !utf8.Valid(text) {
		return string(raw), true // it was compressed when we got it
	}
	return string(text), true
}

// DecodeUserData reads user_data as the OpenStack provider does: what is valid base64 is decoded, all else is taken as it is. So is what
// only looks like base64: what it would decode to is neither text nor compressed, and one byte that is no UTF-8 costs a guest all that it
// is told, its name, keys and network too.
func DecodeUserData(value string) string {
	compact := strings.Join(strings.Fields(value), "")
	if compact == "" || len(compact)%4 != 0 {
		return value
	}
	raw, err := base64.StdEncoding.DecodeString(compact)
	if err != nil || !utf8.Valid(raw) && !bytes.HasPrefix(raw, gzipMagic) {
		return value
	}
	return string(raw)
}

// checkText refuses user data that cloud-init could not read: compressed data that is broken, or no text within.
func checkText(data string) error {
	if !strings.HasPrefix(data, string(gzipMagic)) {
		return nil
	}
	text, err := gunzip([]byte(data))
	switch {
	case err != nil:
		return openstack.AttributeErrorf("user_data", "it begins as gzip and cannot be decompressed (%w): write it with base64gzip(), or as "+
			"plain text",
			err)
	case !utf8.Valid(text):
		return openstack.AttributeErrorf("user_data", "it is compressed, and what it holds is no text (UTF-8): cloud-init would lose all that "+
			"the guest "+
			"is told. Wrap binary parts in MIME with base64, as the data source cloudinit_config does")
	}
	return nil
}

func gunzip(raw []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, 16<<20))
}

// Hostname makes a host name of an instance's name as Nova does (nova.utils.sanitize_hostname, nova.compute.api): what is not Latin-1 goes,
// 63 characters stay, blanks, underscores and dots become hyphens, and what is neither letter nor digit goes. Where nothing is left it is
// Server- and the id.
func Hostname(name, id string) string {
	latin := []rune{}
	for _, r := range name {
		if r <= unicode.MaxLatin1 {
			latin = append(latin, r)
		}
	}
	latin = latin[:min(len(latin), 63)]
	var out strings.Builder
	for _, r := range latin {
		switch {
		case strings.ContainsRune(" _.", r):
			out.WriteByte('-')
		case r == '-' || unicode.IsLetter(r) || unicode.IsNumber(r):
			out.WriteRune(unicode.ToLower(r))
		}
	}
	if h := strings.Trim(out.String(), "-"); h != "" {
		return h
	}
	return "Server-" + id
}

var (
	hostnameSpace = regexp.MustCompile(`[ _.]+`)
	hostnameBad   = regexp.MustCompile(`[^a-z0-9-]+`)
)

// sanitized is what is left of a name in letters, digits and hyphens, which is all that vSphere's customization takes: a host name, or
// nothing.
func sanitized(name string) string {
	h := hostnameBad.ReplaceAllString(hostnameSpace.ReplaceAllString(strings.ToLower(name), "-"), "")
	h = strings.Trim(h, "-")
	if len(h) > 63 {
		h = strings.TrimRight(h[:63], "-")
	}
	return h
}
