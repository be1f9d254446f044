# contenders.gp - the contenders of one workload side by side, best first, with the 95 % intervals of their medians.
#
#   gnuplot -c plots/contenders.gp results/x/summary.csv out.svg [WORKLOAD [PARAMS [PIN]]]
#
# OUT ends in .svg or .png. Without a workload the first one of the file is drawn; without parameters its last ones. A
# cell that has no figure has its status in the place of a bar.

if (ARGC < 2) { print "usage: gnuplot -c contenders.gp SUMMARY.CSV OUT.svg|OUT.png [WORKLOAD [PARAMS [PIN]]]"; exit status 64 }
CSV = ARG1; OUT = ARG2; W = ARG3; P = ARG4; PIN = ARG5; GIVEN = ARGC
HERE = ARG0[1:strlen(ARG0) - strlen("contenders.gp")]
load HERE."common.gp"

set table $unused
if (GIVEN < 3) { plot CSV using (take_workload("", "")) with table; W = first_workload }
if (GIVEN < 4) { plot CSV using (take_params(W)) with table; P = last_params }
if (GIVEN < 5) { plot CSV using (take_params(W)) with table; PIN = last_pin }
unset table

MOST = 200
array name[MOST]; array count[MOST]; array mid[MOST]; array from[MOST]; array to[MOST]; array state[MOST]
n = 0
unit = ""; metric = ""; better = ""
ours(unused) = strcol("workload") eq W && strcol("params") eq P && strcol("pin") eq PIN && primary(0) && n < MOST
keep(m) = (n = n + 1, name[n] = strcol("contender"), count[n] = column("threads"), mid[n] = m, from[n] = low(m), \
    to[n] = high(m), state[n] = strcol("status"), unit = strcol("unit"), metric = strcol("metric"), \
    better = strcol("better"), 0)
set table $unused
plot CSV using (ours(0) ? keep(figure("median")) : 0) with table
unset table
if (n == 0) { print "contenders.gp: no rows for ".W." ".P; exit status 1 }

# Best first; what has no figure comes last.
good(i) = mid[i] == mid[i]
beats(i, j) = good(i) && !good(j) ? 1 : !good(i) || !good(j) ? good(i) == good(j) && i < j : \
    mid[i] == mid[j] ? i < j : better eq "higher" ? mid[i] > mid[j] : mid[i] < mid[j]
array place[MOST]
do for [i = 1:n] { place[i] = 1 + sum [j = 1:n] (j != i && beats(j, i) ? 1 : 0) }

largest = 0
do for [i = 1:n] { if (good(i) && to[i] > largest) { largest = to[i] } }
base = unit_base(unit)
e = clamp(exponent(largest * unit_factor(unit), base), base)
scale = unit_factor(unit) / 10.0 ** e
full = largest > 0 ? largest * scale : 1

thread_counts = ""
do for [i = 1:n] { thread_counts = with_word(thread_counts, sprintf("%d", count[i])) }
threads_text(t) = sprintf(t == 1 ? "%d thread" : "%d threads", t)
label_of(i) = shortened(name[i], 28).(words(thread_counts) > 1 ? ", ".threads_text(count[i]) : "")
own_e(v) = clamp(exponent(v * unit_factor(unit), base), base)
with_unit(v, e) = three(v * unit_factor(unit) / 10.0 ** e).(prefix(e).unit_name(base) eq "" ? "" : " ".prefix(e).unit_name(base))
half(i) = (to[i] - mid[i] > mid[i] - from[i] ? to[i] - mid[i] : mid[i] - from[i]) / mid[i] * 100
value_of(i) = with_unit(mid[i], own_e(mid[i])).(half(i) > 0 ? sprintf(half(i) < 9.95 ? "  ±%.1f %%" : "  ±%.0f %%", half(i)) : "").\
    (state[i] eq "ok" ? "" : "  (".state[i].")")

WIDTH = 820
HEIGHT = 118 + 27 * n
load HERE."canvas.gp"
set title shortened(W."   ".P, 88).(words(thread_counts) == 1 ? "   ".threads_text(count[1]) : "") noenhanced
unset key
unset grid
set grid x
set border 1
set ytics scale 0
set yrange [n + 0.6 : 0.4]
set xrange [0 : full * 1.36]
set xlabel spaced(metric).bracket(prefix(e).unit_name(base)).toward(better)
set ytics ()
do for [i = 1:n] { set ytics add (label_of(i) place[i]) }
do for [i = 1:n] {
    if (good(i)) {
        set label i value_of(i) at to[i] * scale, place[i] left offset 0.8, 0
    } else {
        set label i state[i] at 0, place[i] left offset 0.8, 0 textcolor rgb "#a00000"
    }
}
shown(i) = good(i) ? mid[i] * scale : NaN
plot for [i = 1:n] "+" using (0):(place[i]):(0):(shown(i)):(place[i] - 0.34):(place[i] + 0.34) every ::0::0 \
         with boxxyerror lc rgb colour(name[i]), \
     for [i = 1:n] "+" using (shown(i)):(place[i]):(from[i] * scale):(to[i] * scale) every ::0::0 \
         with xerrorbars pt -1 lw 1.4 lc rgb "#707070"
