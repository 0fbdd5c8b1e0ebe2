"""Boosted trees over all items, on features of item, origin and period ahead."""

from dataclasses import dataclass

from forecasters._feature_regression import FeatureRegression
from forecasters._feature_table import Table
from forecasters._options import Count, Positive, Weight, Window
from replenish.forecasting.tree_ensemble import TreeEnsemble


@dataclass
class GradientBoosting(FeatureRegression):
    """Regression trees, each learning what the ones before left over.

    Friedman (2001, Annals of Statistics 29), by histograms as in Ke et al. (2017); one direct
    model with the period ahead as a feature, as in the best methods of the M5 competition
    (Makridakis, Spiliotis & Assimakopoulos 2022). The options beyond these are those of
    `forecasters._feature_regression.FeatureRegression`.

    Attributes:
        trees: How many.
        rate: What each tree's prediction is multiplied by.
        leaves: At most, of a tree.
        leaf_rows: Fewest rows in a leaf; fewer where there are few rows in all.
        decay: L2 penalty on a leaf's value.
    """

    trees: Count = 150
    rate: Positive = 0.05
    leaves: Window = 31
    leaf_rows: Count = 200
    decay: Weight = 10.0

    def _estimator(self, table: Table) -> TreeEnsemble:
        from sklearn.ensemble import HistGradientBoostingRegressor

        from forecasters._trees import BINS, bin_edges, binned, trees_to_onnx

        edges = bin_edges(table.rows)
        trees = HistGradientBoostingRegressor(
            learning_rate=self.rate,
            max_iter=self.trees,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=min(self.leaf_rows, max(len(table.factor) // 50, 5)),
            l2_regularization=self.decay,
            max_bins=BINS,
            early_stopping=False,
            random_state=self.seed,
        )
        trees.fit(binned(table.rows, edges), table.factor, sample_weight=table.weight)
        nodes = [tree.nodes for (tree,) in trees._predictors]
        start = float(trees._baseline_prediction.ravel()[0])
        return TreeEnsemble(trees_to_onnx(nodes, start, edges))
