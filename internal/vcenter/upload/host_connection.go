// SPDX-License-Identifier: MPL-2.0

package upload

import (
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // the vSphere API's thumbprints are SHA-1
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// streamType is what an ESX host takes a disk as.
const streamType = "application/x-vnd.vmware-streamVmdk"

// device is where the disk of a lease goes.
type device struct {
	key    string
	url    *url.URL
	client *http.Client
}

// diskOf finds the disk of a lease. The vCenter's own address stands for an asterisk.
func diskOf(client *soap.Client, info *types.HttpNfcLeaseInfo) (device, error) {
	for _, d := range info.DeviceUrl {
		if d.Disk == nil || !*d.Disk {
			continue
		}
		at, err := url.Parse(strings.Replace(d.Url, "://*", "://"+client.URL().Hostname(), 1))
		if err != nil || at.Host == "" || at.Scheme != "https" {
			scheme, _, _ := strings.Cut(d.Url, "://") // the rest holds a ticket
			return device{}, fmt.Errorf("the place that the vCenter names for the disk (%.20q) is no address with https: look at the "+
				"vCenter's and its hosts' network settings", scheme)
		}
		return device{d.Key, at, hostClient(client, d)}, nil
	}
	return device{}, errors.New("the vCenter names no place for the disk")
}

const hostTimeout = 10 * time.Second

// hostClient is a client of its own for an ESX host, without the vCenter's cookies. The host's certificate is its own, for which the
// vCenter vouches: no other is taken. Where the vCenter says nothing of it, it is trusted as the vCenter's own would be.
func hostClient(client *soap.Client, d types.HttpNfcLeaseDeviceUrl) *http.Client {
	trust := client.DefaultTransport().TLSClientConfig.Clone()
	if d.SslCertificate != "" || d.SslThumbprint != "" {
		trust.InsecureSkipVerify = true //nolint:gosec // VerifyConnection takes its place
		trust.VerifyConnection = func(state tls.ConnectionState) error { return vouched(state, d) }
	}
	return &http.Client{
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: trust, TLSHandshakeTimeout: hostTimeout,
			DialContext: (&net.Dialer{Timeout: hostTimeout, KeepAlive: 30 * time.Second}).DialContext, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// strangerError refuses a host that has another certificate than the vCenter says.
type strangerError struct{ subject string }

// Error describes the certificate.
func (e *strangerError) Error() string {
	return "its certificate (" + e.subject + ") is not the one that the vCenter has of this host: something is between here and the host, " +
		"or " +
		"its certificate was renewed and the vCenter must be told (Certificate > Refresh CA certificates, or reconnect the host)"
}

// vouched compares a host's certificate with what the vCenter says of it.
func vouched(state tls.ConnectionState, d types.HttpNfcLeaseDeviceUrl) error {
	leaf := state.PeerCertificates[0]
	if block, _ := pem.Decode([]byte(d.SslCertificate)); block != nil {
		if bytes.Equal(block.Bytes, leaf.Raw) {
			return nil
		}
	} else if sameThumbprint(d.SslThumbprint, leaf) {
		return nil
	}
	return &strangerError{leaf.Subject.String()}
}

func sameThumbprint(text string, leaf *x509.Certificate) bool {
	sum := sha1.Sum(leaf.Raw) //nolint:gosec // thumbprints are SHA-1
	return strings.EqualFold(strings.ReplaceAll(text, ":", ""), fmt.Sprintf("%x", sum))
}

// statusError is an answer that refuses a disk.
type statusError struct {
	code int
	text string
}

// Error gives the status and the beginning of the answer.
func (e *statusError) Error() string { return fmt.Sprintf("HTTP %d: %s", e.code, e.text) }

// post sends a disk. It returns once the host has answered.
func (d device) post(ctx context.Context, body io.Reader, length int64) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url.String(), io.NopCloser(body))
	if err != nil {
		return err
	}
	request.ContentLength = length
	request.Header.Set("Content-Type", streamType)
	answer, err := d.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusCreated {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 300))
		return &statusError{answer.StatusCode, strings.TrimSpace(string(text))}
	}
	return nil
}
