// SPDX-License-Identifier: MPL-2.0

package session

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/hashicorp/go-version"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/soap"
)

// greet learns what the server is and which API version it speaks, without a login.
func (s *Session) greet(ctx context.Context, raw *soap.Client) (*vim25.Client, error) {
	raw.Namespace, raw.Version = "urn:"+vim25.Namespace, vim25.Version
	version, err := serviceVersion(ctx, raw)
	if err != nil {
		return nil, s.explainLogin(err)
	}
	if version != "" && OlderVersion(version, vim25.Version) {
		raw.Version = version
	}
	client, err := vim25.NewClient(ctx, raw)
	if err != nil {
		return nil, s.explainLogin(err)
	}
	about := client.ServiceContent.About
	if about.ApiType != "VirtualCenter" {
		return nil, fmt.Errorf("%s is %s, not a vCenter: name the vCenter that manages it", s.cfg.Server, about.FullName)
	}
	if OlderVersion(about.ApiVersion, minAPIVersion) {
		return nil, fmt.Errorf("%s is too old: it is %s (API %s), and this provider needs vCenter %s or later", s.cfg.Server, about.FullName,
			about.ApiVersion, minAPIVersion)
	}
	return client, nil
}

// serviceVersion asks for the newest API version that the server speaks, since older servers refuse a newer one.
func serviceVersion(ctx context.Context, raw *soap.Client) (string, error) {
	u := raw.URL()
	u.Path = "/sdk/vimServiceVersions.xml"
	req, err := http.NewRequest(http.MethodGet, u.String(), nil)
	if err != nil {
		return "", err
	}
	var answer announcement
	err = raw.Do(ctx, req, func(res *http.Response) error {
		if res.StatusCode != http.StatusOK {
			return nil // a server without the file is sent our own version
		}
		return xml.NewDecoder(res.Body).Decode(&answer)
	})
	return answer.version(), err
}

// announcement lists the API versions of a server: for each namespace the newest and the earlier ones.
type announcement struct {
	Namespaces []struct {
		Name    string   `xml:"name"`
		Version string   `xml:"version"`
		Prior   []string `xml:"priorVersions>version"`
	} `xml:"namespace"`
}

// version returns the newest numeric version of vim25; empty if there is none. A development build's newest version is a name, and the
// numbers are among the earlier ones.
func (a announcement) version() (newest string) {
	for _, n := range a.Namespaces {
		if n.Name != "urn:"+vim25.Namespace {
			continue
		}
		for _, version := range append([]string{n.Version}, n.Prior...) {
			if version = strings.TrimSpace(version); numericVersion.MatchString(version) && (newest == "" || OlderVersion(newest, version)) {
				newest = version
			}
		}
	}
	return newest
}

var numericVersion = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*$`)

// OlderVersion compares dotted numbers: 6.7.3 is older than 7.0. A text that is no version is older than any.
func OlderVersion(have, want string) bool {
	w, err := version.NewVersion(want)
	if err != nil {
		return false
	}
	h, err := version.NewVersion(have)
	return err != nil || h.LessThan(w)
}
