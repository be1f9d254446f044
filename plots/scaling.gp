# scaling.gp - the speed-up of one workload by threads, with the ideal line.
#
#   gnuplot -c plots/scaling.gp results/x/summary.csv out.svg [WORKLOAD [PARAMS [PIN]]]
#
# OUT ends in .svg or .png. Without a workload the first compute workload is drawn; without parameters its last ones. The
# speed-up is against the contender `serial`; without one, against the best contender on its fewest threads. Bars are the
# 95 % intervals of the medians (of this contender; the reference's own is not added).

if (ARGC < 2) { print "usage: gnuplot -c scaling.gp SUMMARY.CSV OUT.svg|OUT.png [WORKLOAD [PARAMS [PIN]]]"; exit status 64 }
CSV = ARG1; OUT = ARG2; W = ARG3; P = ARG4; PIN = ARG5; GIVEN = ARGC
HERE = ARG0[1:strlen(ARG0) - strlen("scaling.gp")]
load HERE."common.gp"

set table $unused
if (GIVEN < 3) { plot CSV using (take_workload("compute", "")) with table; W = first_workload }
if (GIVEN < 4) { plot CSV using (take_params(W)) with table; P = last_params }
if (GIVEN < 5) { plot CSV using (take_params(W)) with table; PIN = last_pin }
unset table

contenders = ""; counts = ""; better = ""; serial = NaN; fewest = 1e9; best = NaN
ours(unused) = strcol("workload") eq W && strcol("params") eq P && strcol("pin") eq PIN && primary(0) && \
    strcol("median") ne ""
faster(a, b) = !(b == b) ? 1 : better eq "higher" ? a > b : a < b
meet_best(t, m) = t < fewest ? (fewest = t, best = m) : t == fewest && faster(m, best) ? (best = m) : 0
learn(c, t, m) = (better = strcol("better"), c eq "serial" ? (serial = m) : \
    strlen(contenders = with_word(contenders, c)) + strlen(counts = with_word(counts, sprintf("%d", t))) + \
    meet_best(t, m), 0)
set table $unused
plot CSV using (ours(0) ? learn(strcol("contender"), column("threads"), column("median")) : 0) with table
unset table
if (words(contenders) == 0) { print "scaling.gp: no rows for ".W." ".P; exit status 1 }

reference = serial == serial ? serial : best
speedup(m) = better eq "higher" ? m / reference : reference / m
most = 1
top = 1
do for [i = 1:words(counts)] { if (real(word(counts, i)) > most) { most = real(word(counts, i)) } }
set table $unused
raise(v) = v > top ? (top = v) : 0
plot CSV using (ours(0) ? raise(speedup(low(column("median")))) + raise(speedup(high(column("median")))) : 0) with table
unset table
if (most > top) { top = most }

WIDTH = 720
HEIGHT = 440
load HERE."canvas.gp"
set title shortened(W."   ".P, 78) noenhanced
set xlabel "threads"
set ylabel serial == serial ? "speed-up over serial" : "speed-up over the best on ".sprintf("%d", fewest).(fewest == 1 ? " thread" : " threads")
set xtics ()
do for [i = 1:words(counts)] { set xtics add (word(counts, i) real(word(counts, i))) }
if (most > 16) {
    set logscale xy 2
    set xrange [0.9 : most * 1.1]
    set yrange [0.25 : top * 1.3]
    set ytics 2
} else {
    set xrange [most > 1 ? 1 - 0.06 * (most - 1) : 0.5 : most + 0.06 * (most > 1 ? most - 1 : 1)]
    set yrange [0 : top * 1.08]
}
set key outside right top vertical Left reverse samplen 2.2 spacing 1.3
set samples 200
# Rows of one contender are not neighbours in the file, and a line breaks at every row that is left out: so the points
# of each contender are put together first.
of(i) = ours(0) && strcol("contender") eq word(contenders, i)
set table $points separator comma
plot for [i = 1:words(contenders)] CSV using (column("threads")):(speedup(column("median"))): \
    (speedup(low(column("median")))):(speedup(high(column("median")))):(i) with table if (of(i))
unset table
unset datafile columnheaders
plot (x >= 1 && x <= most ? x : NaN) with lines dt 2 lw 1.5 lc rgb "#909090" title "ideal", \
     (serial == serial ? 1 : NaN) with lines lw 1.2 lc rgb "#000000" title (serial == serial ? "serial" : ""), \
     for [i = 1:words(contenders)] $points using ($5 == i ? $1 : NaN):2:3:4 with yerrorlines lw 1.8 \
         pt point(word(contenders, i)) ps 0.9 lc rgb colour(word(contenders, i)) title shortened(word(contenders, i), 24)
