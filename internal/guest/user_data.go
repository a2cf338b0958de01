// SPDX-License-Identifier: MPL-2.0

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

// UserDataKeys returns the extraConfig keys that pass user data to a guest. The error for too much data names its size.
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
	_, _ = io.WriteString(w, data) // a bytes.Buffer never fails
	_ = w.Close()
	return base64.StdEncoding.EncodeToString(out.Bytes())
}

// Unpack decodes a guestinfo value. ok is false for a value that we did not write, because a guest may blank its user data.
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
		return string(raw), true // it was compressed when we received it
	}
	return string(text), true
}

// DecodeUserData reads user_data as the OpenStack provider does: valid base64 is decoded, anything else is taken as it is. Text that only
// looks like base64 is not decoded either: the result would be neither text nor compressed data, and one byte that is not UTF-8 makes a
// guest reject everything that it is told, its name, keys and network included.
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

// checkText refuses compressed user data that cloud-init could not read: broken data, or data that does not hold text.
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

// AsksMetadataService reports whether user data, compressed or not, contains the address at which an OpenStack cloud serves metadata.
func AsksMetadataService(userData string) bool {
	if text, err := gunzip([]byte(userData)); err == nil {
		userData = string(text)
	}
	return strings.Contains(userData, "169.254.169.254")
}

// WritesFiles reports whether user data has its own list of files, which in cloud-init replaces the list in the vendor data.
func WritesFiles(userData string) bool {
	if text, err := gunzip([]byte(userData)); err == nil {
		userData = string(text)
	}
	return writeFiles.MatchString(userData)
}
