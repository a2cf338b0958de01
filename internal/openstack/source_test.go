// SPDX-License-Identifier: MPL-2.0

package openstack

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// emptyCloud is a cloud without any objects.
type emptyCloud struct{}

func (emptyCloud) Name() string                                 { return "prod" }
func (emptyCloud) Flavors(context.Context) ([]Flavor, error)    { return nil, nil }
func (emptyCloud) Images(context.Context) ([]Image, error)      { return nil, nil }
func (emptyCloud) KeyPairs(context.Context) ([]KeyPair, error)  { return nil, nil }
func (emptyCloud) Networks(context.Context) ([]Network, error)  { return nil, nil }
func (emptyCloud) Servers(context.Context) ([]Server, error)    { return nil, nil }
func (emptyCloud) AllServers(context.Context) ([]Server, error) { return nil, nil }
func (emptyCloud) Unknown(_ context.Context, ids []string) ([]string, error) {
	return ids, nil
}

// The order of the search, what ends it, and the error that it returns.
func TestLookup(t *testing.T) {
	t.Parallel()
	missing, absent, broken := NotFound("no flavor a here"), NotFound("no flavor a in prod"), errors.New("prod does not answer")
	for name, c := range map[string]struct {
		source      string
		none        bool // no cloud is configured
		here, there error
		in, text    string
		asked       string // h and t (here, there), in order
		unanswered  bool
	}{
		"here first":        {in: SourceVCenter, asked: "h"},
		"then there":        {here: missing, in: SourceOpenStack, asked: "ht"},
		"nowhere":           {here: missing, there: absent, text: "no flavor a here; and no flavor a in prod", asked: "ht"},
		"nowhere, no cloud": {none: true, here: missing, in: SourceVCenter, text: "no flavor a here", asked: "h"},
		"a broken vCenter":  {here: broken, in: SourceVCenter, text: "prod does not answer", asked: "h"},
		"a silent cloud": {here: missing, there: broken, text: "no flavor a here; and OpenStack, which is asked next, did not " +
			"answer: prod does not answer", asked: "ht", unanswered: true},
		"only here":                 {source: SourceVCenter, here: missing, in: SourceVCenter, text: "no flavor a here", asked: "h"},
		"only there":                {source: SourceOpenStack, in: SourceOpenStack, asked: "t"},
		"only there, and not there": {source: SourceOpenStack, there: absent, in: SourceOpenStack, text: "no flavor a in prod", asked: "t"},
		"only there, and silent":    {source: SourceOpenStack, there: broken, in: SourceOpenStack, text: "prod does not answer", asked: "t"},
		"only there, no cloud": {source: SourceOpenStack, none: true,
			text: `source: it is "openstack", and the provider has no block openstack`},
	} {
		t.Run(name, func(t *testing.T) {
			var cloud Cloud = emptyCloud{}
			if c.none {
				cloud = nil
			}
			asked := ""
			ask := func(letter string, err error) func() (string, error) {
				return func() (string, error) { asked += letter; return letter, err }
			}
			found, in, err := Lookup(c.source, cloud, ask("h", c.here), ask("t", c.there))
			if asked != c.asked || in != c.in {
				t.Errorf("asked %q and found it in %q", asked, in)
			}
			if c.text == "" {
				if err != nil || found != asked[len(asked)-1:] {
					t.Errorf("found %q, %v", found, err)
				}
				return
			}
			if err == nil || !strings.HasPrefix(err.Error(), c.text) {
				t.Errorf("the error is %v", err)
			}
			lost := errors.Is(c.here, ErrNotFound) || errors.Is(c.there, ErrNotFound)
			if errors.Is(err, ErrNotFound) != (lost && !c.unanswered) || IsUnanswered(err) != c.unanswered {
				t.Errorf("%v is taken for %v, %v", err, errors.Is(err, ErrNotFound), IsUnanswered(err))
			}
		})
	}
}
