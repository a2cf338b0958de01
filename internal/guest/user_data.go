package guest

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// UserDataKeys are the keys that hand user data to a guest. Too much of it is an error that says how much.
func UserDataKeys(data string) (map[string]string, error) {
	if err := checkText(data); err != nil {
		return nil, err
	}
	packed := pack(data)
	if n := len(packed); n > maxGuestinfo {
		return nil, openstack.AttributeErrorf("user_data", "it takes %d bytes compressed and encoded, and a guest can be handed %d: let it "+
			"fetch the larger part (#include, or a script that downloads)", n, maxGuestinfo)
	}
	return map[string]string{"guestinfo.userdata": packed, "guestinfo.userdata.encoding": "gzip+base64"}, nil
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
			"the guest is told. Wrap binary parts in MIME with base64, as the data source cloudinit_config does")
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

var writeFiles = regexp.MustCompile(`(?m)(?:^|[{,])\s*["']?write_files["']?\s*:`)

// AsksMetadataService reports whether user data, compressed or not, names the address at which an OpenStack cloud serves metadata.
func AsksMetadataService(userData string) bool {
	if text, err := gunzip([]byte(userData)); err == nil {
		userData = string(text)
	}
	return strings.Contains(userData, "169.254.169.254")
}

// WritesFiles reports whether user data has a list of files of its own, which cloud-init takes in the place of the one in vendor data.
func WritesFiles(userData string) bool {
	if text, err := gunzip([]byte(userData)); err == nil {
		userData = string(text)
	}
	return writeFiles.MatchString(userData)
}
