// SPDX-License-Identifier: MPL-2.0

package uploads

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// host is the ESX host that takes uploads. It has another name than the vCenter, and a certificate that no authority has signed: a client
// can know it by nothing but the lease. It listens as soon as the first lease needs it.
type host struct {
	knobs   Knobs
	handler http.Handler

	mu         sync.Mutex // guards what follows
	server     *http.Server
	address    string
	thumbprint string
}

// open gives the address that leases name, and the thumbprint of the certificate there.
func (h *host) open() (address, thumbprint string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.server == nil {
		if err := h.listen(); err != nil {
			return "", "", err
		}
	}
	if h.knobs.UnknownHost {
		return "esx-1.invalid", h.thumbprint, nil
	}
	return h.address, h.thumbprint, nil
}

func (h *host) listen() error {
	certificate, err := newCertificate()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	h.address, h.thumbprint = net.JoinHostPort("localhost", port), thumbprintOf(certificate)
	h.server = &http.Server{Handler: h.handler, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	if h.knobs.ClosedPort {
		return l.Close()
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	go func(s *http.Server) { _ = s.Serve(tls.NewListener(l, config)) }(h.server)
	return nil
}

func (h *host) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.server != nil {
		_ = h.server.Close()
	}
}

// newCertificate makes a certificate as a host makes itself one, for its own name alone.
func newCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "esx-1"}, DNSNames: []string{"esx-1"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, leaf, leaf, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// thumbprintOf is a certificate's thumbprint as a vCenter writes it: SHA-1, AA:BB:CC.
func thumbprintOf(c tls.Certificate) string {
	sum := sha1.Sum(c.Certificate[0])
	return strings.ReplaceAll(strings.ToUpper(fmt.Sprintf("% x", sum[:])), " ", ":")
}
