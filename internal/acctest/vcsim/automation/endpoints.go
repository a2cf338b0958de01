// SPDX-License-Identifier: MPL-2.0

package automation

import (
	"bytes"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vim25/types"
)

// fetch keeps the disks in a file that a library is to fetch. The simulator fetches the file itself after that.
func (s *Service) fetch(session, name string, e *library.TransferEndpoint) error {
	spool, err := os.CreateTemp("", "novasphere-library-")
	if err != nil {
		return err
	}
	defer os.Remove(spool.Name())
	defer spool.Close()
	if err := tryEndpoint(e, spool); err != nil {
		return err
	}
	s.keepStreams(session, name, spool)
	return nil
}

// tryEndpoint gets a file that a library is to fetch. It is refused where the server's certificate is neither that of an authority
// that this computer trusts nor the one that the library was told of, and where the server refuses.
func tryEndpoint(e *library.TransferEndpoint, to io.Writer) error {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if e.SSLCertificate != "" || e.SSLCertificateThumbprint != "" {
		config.InsecureSkipVerify = true
		config.VerifyConnection = func(c tls.ConnectionState) error {
			if is(c.PeerCertificates[0], e) {
				return nil
			}
			return errors.New("another certificate than was told")
		}
	}
	transport := &http.Transport{TLSClientConfig: config}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 30 * time.Second}
	res, err := client.Get(e.URI)
	if err != nil {
		return fmt.Errorf("HTTP request error: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("HTTP request error: %s answers %s", e.URI, res.Status)
	}
	_, err = io.Copy(to, res.Body)
	return err
}

// is reports whether a certificate is the one that an endpoint names.
func is(c *x509.Certificate, e *library.TransferEndpoint) bool {
	if block, _ := pem.Decode([]byte(e.SSLCertificate)); block != nil {
		return bytes.Equal(block.Bytes, c.Raw)
	}
	sum := sha1.Sum(c.Raw)
	return strings.EqualFold(strings.ReplaceAll(e.SSLCertificateThumbprint, ":", ""), fmt.Sprintf("%x", sum[:]))
}

// Deploy has an item of a library deployed, and the machine completed before anybody hears of it; done is false for every other request.
func (s *Service) Deploy(w http.ResponseWriter, req *http.Request,
	complete func(vm types.ManagedObjectReference, streams []string)) (done bool) {
	item, ok := strings.CutPrefix(req.URL.Path, "/rest/com/vmware/vcenter/ovf/library-item/id:")
	if !ok || req.URL.Query().Get("~action") != "deploy" || s.updates == nil {
		return false
	}
	made := record(s.handler, req)
	var said struct {
		Value struct {
			Resource struct{ ID, Type string } `json:"resource_id"`
		}
	}
	_ = json.Unmarshal(made.body.Bytes(), &said)
	vm := types.ManagedObjectReference{Type: said.Value.Resource.Type, Value: said.Value.Resource.ID}
	complete(vm, s.Streams(item))
	made.send(w)
	return true
}

// recorded is an answer before it is sent.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// record has a request answered.
func record(h http.Handler, req *http.Request) *recorded {
	r := &recorded{header: http.Header{}, status: http.StatusOK}
	h.ServeHTTP(r, req)
	return r
}

// Header implements http.ResponseWriter.
func (r *recorded) Header() http.Header { return r.header }

// Write implements http.ResponseWriter.
func (r *recorded) Write(b []byte) (int, error) { return r.body.Write(b) }

// WriteHeader implements http.ResponseWriter.
func (r *recorded) WriteHeader(status int) { r.status = status }

func (r *recorded) send(w http.ResponseWriter) {
	for name, values := range r.header {
		w.Header()[name] = values
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body.Bytes())
}

// answer sends a value as the API does.
func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"value": value})
}
