package address_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/dualstack-dev/webhook/mutate/address"
)

func cidrs() address.CIDRMap {
	return address.CIDRMap{
		netip.MustParsePrefix("10.96.0.0/12"):  netip.MustParsePrefix("fd00:10:96::/112"),
		netip.MustParsePrefix("10.244.0.0/16"): netip.MustParsePrefix("fd00:10:244::/56"),
		netip.MustParsePrefix("10.245.0.0/16"): netip.MustParsePrefix("fd00:10:244::/56"),
	}
}

func TestExtend(t *testing.T) {
	for _, tc := range []struct {
		name, list, want string
		ok               bool
	}{
		{"empty", "", "", true},
		{"all", "*", "*", true},
		{"all_IPv4", "0.0.0.0/0", "0.0.0.0/0,::/0", true},
		{"all_IPv4_unmasked", "1.2.3.4/0", "1.2.3.4/0,::/0", true},
		{"all_of_both", "0.0.0.0/0,::/0", "0.0.0.0/0,::/0", true},
		{"mapped", "10.96.0.0/12", "10.96.0.0/12,fd00:10:96::/112", true},
		{"mapped_unmasked", "10.96.0.1/12", "10.96.0.1/12,fd00:10:96::/112", true},
		{"mapped_two", "10.96.0.0/12,10.244.0.0/16", "10.96.0.0/12,10.244.0.0/16,fd00:10:96::/112,fd00:10:244::/56", true},
		{"mapped_to_the_same", "10.244.0.0/16,10.245.0.0/16", "10.244.0.0/16,10.245.0.0/16,fd00:10:244::/56", true},
		{"mapped_other_size", "10.96.0.0/16", "10.96.0.0/16", false},
		{"unmapped", "169.254.169.254/32", "169.254.169.254/32", false},
		{"unmapped_and_mapped", "10.96.0.0/12,192.0.2.0/24", "10.96.0.0/12,192.0.2.0/24", false},
		{"IPv6_only", "fd00::/8", "fd00::/8", true},
		{"IPv6_and_unmapped", "192.0.2.0/24,fd00::/8", "192.0.2.0/24,fd00::/8", true},
		{"IPv6_and_mapped", "10.96.0.0/12,fd00::/8", "10.96.0.0/12,fd00::/8", true},
		{"space", "10.96.0.0/12, 10.244.0.0/16", "10.96.0.0/12, 10.244.0.0/16", false},
		{"address", "10.96.0.1", "10.96.0.1", false},
		{"comma_at_the_end", "10.96.0.0/12,", "10.96.0.0/12,", false},
		{"all_in_a_list", "*,10.96.0.0/12", "*,10.96.0.0/12", false},
		{"words", "none", "none", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := cidrs().Extend(tc.list)
			if got != tc.want || ok != tc.ok {
				t.Errorf("Extend(%q) = %q, %t; want %q, %t", tc.list, got, ok, tc.want, tc.ok)
			}
		})
	}
}

// FuzzExtend wants what was there to stay, what is added to be IPv6 ranges that
// the map names, and nothing to be added twice.
func FuzzExtend(f *testing.F) {
	for _, list := range []string{"", "*", "0.0.0.0/0", "10.96.0.0/12,10.244.0.0/16", "fd00::/8,10.96.0.0/12", "10.96.0.0/12, x"} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		got, ok := cidrs().Extend(list)
		if !ok && got != list {
			t.Fatalf("Extend(%q) = %q, false: want it as it was", list, got)
		}
		added, isBehind := strings.CutPrefix(got, list)
		if !isBehind {
			t.Fatalf("Extend(%q) = %q: what was there is lost", list, got)
		}
		for text := range strings.SplitSeq(strings.TrimPrefix(added, ","), ",") {
			if added == "" {
				break
			}
			if prefix, err := netip.ParsePrefix(text); err != nil || !prefix.Addr().Is6() {
				t.Errorf("Extend(%q) added %q: want IPv6 ranges", list, text)
			}
		}
		if again, _ := cidrs().Extend(got); again != got {
			t.Errorf("Extend(%q) = %q, and again %q", list, got, again)
		}
	})
}

func TestParseCIDRPair(t *testing.T) {
	for _, tc := range []struct{ name, v4, v6, want string }{
		{"ranges", "10.96.0.0/12", "fd00:10:96::/112", "<nil>"},
		{"no_range", "10.96.0.0", "fd00::/8", `"10.96.0.0" is not a range like 10.96.0.0/12 or fd00:10:96::/112`},
		{"address_in_a_range", "10.96.0.1/12", "fd00::/8", "10.96.0.1/12 is an address in the range 10.96.0.0/12: write the range"},
		{"two_of_IPv4", "10.96.0.0/12", "10.244.0.0/16", "10.244.0.0/16 is not an IPv6 range"},
		{"two_of_IPv6", "fd00::/8", "fd00::/8", "fd00::/8 is not an IPv4 range"},
		{"IPv4_in_IPv6", "10.96.0.0/12", "::ffff:10.0.0.0/104", "::ffff:10.0.0.0/104 is not an IPv6 range"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, _, err := address.ParseCIDRPair(tc.v4, tc.v6); fmt.Sprint(err) != tc.want {
				t.Errorf("ParseCIDRPair() = %v, want %s", err, tc.want)
			}
		})
	}
}
