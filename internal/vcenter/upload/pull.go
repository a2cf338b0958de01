// SPDX-License-Identifier: MPL-2.0

package upload

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/vmware/govmomi/vapi/library"
)

// pull has the vCenter fetch a file. It is told the certificate of the server that it finds there, where it does not know it.
func (u *update) pull(ctx context.Context, f File, _ Progress) error {
	from := library.TransferEndpoint{URI: f.URL}
	found, err := u.ProbeTransferEndpoint(ctx, from)
	if err != nil {
		return u.failed("having the vCenter look at "+address(f.URL), err)
	}
	switch found.Status {
	case "SUCCESS", "CERTIFICATE_ERROR":
	default:
		return u.failed("having the vCenter look at "+address(f.URL), u.refusal(found))
	}
	if from.SSLCertificate = found.SSLCertificate; from.SSLCertificate == "" {
		from.SSLCertificateThumbprint = found.SSLThumbprint
	}
	file := library.UpdateFile{Name: f.Name, SourceType: "PULL", Size: f.Size, SourceEndpoint: &from}
	if f.SHA256 != "" {
		file.Checksum = &library.Checksum{Algorithm: "SHA256", Checksum: f.SHA256}
	}
	_, err = u.AddLibraryItemFile(ctx, u.id, file)
	return u.failed("having the vCenter fetch "+address(f.URL), err)
}

// refusal says why a vCenter cannot fetch from an address.
func (u *update) refusal(found *library.ProbeResult) error {
	var all []error
	for _, m := range found.ErrorMessages {
		all = append(all, errors.New(u.text(&m)))
	}
	if len(all) == 0 {
		return fmt.Errorf("it answers %s", found.Status)
	}
	return errors.Join(all...)
}

// address is a URL for a message: without credentials, and without a query, which may hold some.
func address(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "the URL"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}
